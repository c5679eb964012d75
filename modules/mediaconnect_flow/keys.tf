# Keys as MediaConnect takes them: of sources and entitlements, and of what goes to and comes from a router.
locals {
  decryptions = {
    for key, source in local.sources : key => {
      for field, value in {
        Algorithm                    = source.decryption.algorithm
        ConstantInitializationVector = try(source.decryption.constant_initialization_vector, null)
        DeviceId                     = try(source.decryption.device_id, null)
        KeyType                      = source.decryption.key_type
        Region                       = try(source.decryption.region, null)
        ResourceId                   = try(source.decryption.resource_id, null)
        RoleArn                      = source.decryption.role_arn != null ? source.decryption.role_arn : local.key_role_arn
        SecretArn                    = source.decryption.secret_arn
        Url                          = try(source.decryption.url, null)
      } : field => value if value != null
    } if source.decryption != null
  }

  entitlement_encryptions = {
    for name, entitlement in var.entitlements : name => {
      for field, value in {
        Algorithm                    = entitlement.encryption.algorithm
        ConstantInitializationVector = entitlement.encryption.constant_initialization_vector
        DeviceId                     = entitlement.encryption.device_id
        KeyType                      = entitlement.encryption.key_type
        Region                       = entitlement.encryption.region
        ResourceId                   = entitlement.encryption.resource_id
        RoleArn                      = entitlement.encryption.role_arn != null ? entitlement.encryption.role_arn : local.key_role_arn
        SecretArn                    = entitlement.encryption.secret_arn
        Url                          = entitlement.encryption.url
      } : field => value if value != null
    } if entitlement.encryption != null
  }

  transit_keys = {
    for kind, items in { outputs = var.outputs, sources = local.sources } : kind => {
      for key, item in items : key => {
        EncryptionKeyConfiguration = {
          for field, value in {
            Automatic      = item.router.key_type == "AUTOMATIC" ? {} : null
            SecretsManager = item.router.key_type == "AUTOMATIC" ? null : { RoleArn = item.router.role_arn != null ? item.router.role_arn : local.key_role_arn, SecretArn = item.router.secret_arn }
          } : field => value if value != null
        }
        EncryptionKeyType = item.router.key_type
      } if item.router != null
    }
  }
}
