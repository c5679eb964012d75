# What is refused at plan because of several values together: {bad, says}, one entry for each rule and place. What one variable can
# say of itself stands in variables.tf. Sources of the rules: the pages in protocols.tf and
# https://docs.aws.amazon.com/mediaconnect/latest/ug/source-failover.html
# https://docs.aws.amazon.com/mediaconnect/latest/ug/enable-content-quality-analysis.html
# https://docs.aws.amazon.com/mediaconnect/latest/api/API_Encryption.html
locals {
  host_pattern = "^[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$"

  source_fields = { for protocol, fields in local.source_protocols : protocol => sort(concat(fields.required, fields.optional)) }

  source_checks = concat(local.checks_of_protocols, local.checks_of_both_sources, local.checks_of_the_backup)

  checks_of_protocols = [
    for key, source in local.sources : {
      bad  = !contains(keys(local.source_protocols), source.protocol)
      says = "${key}.protocol must be one of ${join(", ", keys(local.source_protocols))}, not \"${source.protocol}\"."
    }
  ]

  # Of unknown protocols nothing more is said than that they are.
  checks_of_both_sources = flatten([
    for key, source in local.sources : [
      [
        for field in local.source_protocols[source.protocol].required : {
          bad  = source[field] == null
          says = "${key}.${field} is missing: ${source.protocol} needs it."
        }
      ],
      [
        for field in local.source_transport_fields : {
          bad  = source[field] != null && !contains(local.source_fields[source.protocol], field)
          says = "${key}.${field}: ${source.protocol} does not take it; it takes ${join(", ", local.source_fields[source.protocol])}."
        }
      ],
      {
        bad  = contains(local.listening_protocols, source.protocol) && source.whitelist_cidr == null && source.vpc_interface == null
        says = "${key}: ${source.protocol} needs whitelist_cidr (senders on the internet) or vpc_interface (senders in a VPC)."
      },
      {
        bad  = contains(local.listening_protocols, source.protocol) && source.whitelist_cidr != null && source.vpc_interface != null
        says = "${key}: whitelist_cidr and vpc_interface exclude each other; in a VPC the security groups say who may send."
      },
      {
        bad  = !can(regex("^[A-Za-z0-9_-]{1,64}$", source.name))
        says = "${key}.name must be 1 to 64 letters, digits, '-' or '_'."
      },
      [
        for port in [source.ingest_port, source.listener_port] : {
          bad  = port == null ? false : port != floor(port) || port < 1024 || port + lookup(local.extra_ports, source.protocol, 0) > 65535
          says = "${key}: ingest_port and listener_port must be whole numbers from 1024 to ${65535 - lookup(local.extra_ports, source.protocol, 0)}."
        }
      ],
      [
        for distance in lookup(local.companion_ports, source.protocol, [0]) : {
          bad  = source.ingest_port == null || source.protocol == "zixi-push" ? false : contains(local.reserved_ports, source.ingest_port + distance)
          says = "${key}.ingest_port: ${source.protocol} would take the port ${coalesce(source.ingest_port, 0) + distance}; MediaConnect keeps 2077, 2088 and 2090 to 2099 for Zixi."
        }
      ],
      {
        bad  = source.protocol != "zixi-push" || source.ingest_port == null ? false : source.vpc_interface == null || !contains(local.zixi_vpc_ports, source.ingest_port)
        says = "${key}.ingest_port: zixi-push has a port of its own in a VPC only, 2090 to 2099; from the internet it is always 2088."
      },
      {
        bad  = source.protocol == "zixi-push" && source.vpc_interface != null && source.ingest_port == null
        says = "${key}.ingest_port is missing: zixi-push in a VPC needs one of 2090 to 2099."
      },
      {
        bad = source.whitelist_cidr == null ? false : !(
          can(cidrnetmask(source.whitelist_cidr)) && try(cidrhost(source.whitelist_cidr, 0) == split("/", source.whitelist_cidr)[0], false)
        )
        says = "${key}.whitelist_cidr must be an IPv4 network such as 203.0.113.0/24, with the network's own address before the slash."
      },
      {
        bad  = var.allow_open_whitelist || source.whitelist_cidr == null ? false : endswith(source.whitelist_cidr, "/0")
        says = "${key}.whitelist_cidr may not be 0.0.0.0/0: anybody could send to the flow. Name the encoder's network, e.g. 203.0.113.7/32."
      },
      {
        bad  = source.listener_address == null ? false : !can(regex(local.host_pattern, source.listener_address))
        says = "${key}.listener_address must be an IPv4 address or a host name without scheme or port."
      },
      {
        bad  = anytrue([for value in [source.max_latency, source.min_latency] : value == null ? false : value != floor(value) || value < 0 || value > 15000])
        says = "${key}: max_latency and min_latency must be whole milliseconds from 0 to 15000."
      },
      {
        bad  = source.max_bitrate == null ? false : source.max_bitrate != floor(source.max_bitrate) || source.max_bitrate <= 0
        says = "${key}.max_bitrate must be a whole number of bits per second above 0."
      },
      {
        bad  = source.max_sync_buffer == null ? false : source.max_sync_buffer != floor(source.max_sync_buffer) || source.max_sync_buffer < 0
        says = "${key}.max_sync_buffer must be whole milliseconds from 0."
      },
      {
        bad  = source.vpc_interface == null ? false : !contains(keys(var.vpc_interfaces), source.vpc_interface)
        says = "${key}.vpc_interface: there is no \"${coalesce(source.vpc_interface, "-")}\" in vpc_interfaces (${join(", ", keys(var.vpc_interfaces))})."
      },
      {
        bad  = source.protocol == "cdi" && try(var.vpc_interfaces[source.vpc_interface].type, "efa") != "efa"
        says = "${key}.vpc_interface: cdi needs an interface of type efa."
      },
      {
        bad  = source.media_streams == null ? false : length(source.media_streams) == 0
        says = "${key}.media_streams must name at least one of media_streams."
      },
      [
        for name, stream in coalesce(source.media_streams, {}) : [
          {
            bad  = !contains(keys(var.media_streams), name)
            says = "${key}.media_streams: there is no \"${name}\" in media_streams (${join(", ", keys(var.media_streams))})."
          },
          {
            bad  = source.protocol == "cdi" && length(stream.inputs) > 0
            says = "${key}.media_streams[\"${name}\"].inputs: cdi takes all streams at ingest_port; leave inputs out."
          },
          {
            bad  = source.protocol == "st2110-jpegxs" && !contains([1, 2], length(stream.inputs))
            says = "${key}.media_streams[\"${name}\"].inputs: st2110-jpegxs needs one input, or two for redundancy."
          },
          [
            for input in stream.inputs : [
              {
                bad  = !contains(keys(var.vpc_interfaces), input.interface)
                says = "${key}.media_streams[\"${name}\"].inputs: there is no \"${input.interface}\" in vpc_interfaces (${join(", ", keys(var.vpc_interfaces))})."
              },
              {
                bad  = input.port != floor(input.port) || input.port < 1024 || input.port > 65535
                says = "${key}.media_streams[\"${name}\"].inputs: port must be a whole number from 1024 to 65535, not ${input.port}."
              },
            ]
          ],
        ]
      ],
      {
        bad  = try(source.ndi.audio_reference_level, null) == null ? false : source.ndi.audio_reference_level < -40 || source.ndi.audio_reference_level > 0
        says = "${key}.ndi.audio_reference_level must be -40 to 0 dBFS."
      },
    ] if contains(keys(local.source_protocols), source.protocol)
  ])

  checks_of_the_backup = flatten([
    for source in [for key, source in local.sources : source if key == "backup_source"] : [
      {
        bad  = contains(keys(local.source_protocols), source.protocol) && length(try(local.source_protocols[source.protocol].failover, [])) == 0
        says = "backup_source.protocol: ${source.protocol} has no failover; a backup can be rist, rtp, rtp-fec, srt-caller, srt-listener or zixi-push."
      },
      {
        bad  = contains(keys(local.source_protocols), var.primary_source.protocol) && length(try(local.source_protocols[var.primary_source.protocol].failover, [])) == 0
        says = "backup_source: ${var.primary_source.protocol} has no failover; a flow with such a source has one source only."
      },
      {
        bad  = source.name == var.primary_source.name
        says = "backup_source.name: the primary source has the name \"${source.name}\" too."
      },
      [
        for port in setintersection(toset(try(local.taken_ports.backup_source, [])), toset(try(local.taken_ports.primary_source, []))) : {
          bad  = true
          says = "backup_source.ingest_port: both sources would take the port ${port}."
        }
      ],
    ]
  ])

  # Two sources from the internet cannot share a port; RIST and RTP-FEC take more than their own.
  taken_ports = {
    for key, source in local.sources : key => [
      for distance in lookup(local.companion_ports, source.protocol, [0]) : source.ingest_port + distance
    ] if source.ingest_port != null
  }

  # Everything with a key, by the place that a message names.
  keyed = merge(
    {
      for key, source in local.sources : "${key}.decryption" => {
        allowed  = try(local.source_protocols[source.protocol].key_types, [])
        key      = merge(local.no_speke, source.decryption)
        protocol = source.protocol
      } if source.decryption != null
    },
    {
      for name, entitlement in var.entitlements : "entitlements[\"${name}\"].encryption" => {
        allowed  = ["speke", "static-key"]
        key      = entitlement.encryption
        protocol = "entitlements"
      } if entitlement.encryption != null
    },
  )
  no_speke     = { api_arn = null, constant_initialization_vector = null, device_id = null, region = null, resource_id = null, url = null }
  speke_fields = ["device_id", "region", "resource_id", "url"]

  key_checks = flatten([
    for place, item in local.keyed : [
      {
        bad  = !contains(item.allowed, item.key.key_type)
        says = "${place}.key_type must be ${length(item.allowed) == 0 ? "left out: the protocol has no encryption" : join(" or ", item.allowed)} for ${item.protocol}."
      },
      {
        bad  = item.key.key_type == "srt-password" ? item.key.algorithm != null : !contains(["aes128", "aes192", "aes256"], coalesce(item.key.algorithm, "none"))
        says = "${place}.algorithm must be aes128, aes192 or aes256 with key_type static-key or speke, and absent with srt-password (MediaConnect refuses it there)."
      },
      [
        for field in concat(local.speke_fields, ["api_arn", "constant_initialization_vector"]) : {
          bad  = item.key.key_type != "speke" && item.key[field] != null
          says = "${place}.${field} belongs to key_type speke, not to ${item.key.key_type}."
        }
      ],
      [
        for field in local.speke_fields : {
          bad  = item.key.key_type == "speke" && item.key[field] == null
          says = "${place}.${field} is missing: speke needs it."
        }
      ],
      {
        bad  = item.key.key_type == "speke" && item.key.api_arn == null && item.key.role_arn == null
        says = "${place}: speke needs api_arn, the execute-api ARN that the role made here may call, or role_arn, a role of yours."
      },
      {
        bad  = item.key.url == null ? false : !can(regex("^https://[A-Za-z0-9]", item.key.url))
        says = "${place}.url must begin with https://."
      },
      {
        bad  = item.key.constant_initialization_vector == null ? false : !can(regex("^[0-9A-Fa-f]{32}$", item.key.constant_initialization_vector))
        says = "${place}.constant_initialization_vector must be 32 hexadecimal digits."
      },
    ]
  ])

  arn_checks = flatten([
    [
      for place, item in local.keyed : [
        {
          bad  = item.key.key_type == "speke" ? item.key.secret_arn != null : !can(regex(local.secret_pattern, item.key.secret_arn))
          says = "${place}.secret_arn must be the ARN of a Secrets Manager secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX (with key_type speke: absent)."
        },
        {
          bad  = item.key.api_arn == null ? false : !can(regex("^arn:aws[a-z-]*:execute-api:[a-z0-9-]+:[0-9]{12}:.+$", item.key.api_arn))
          says = "${place}.api_arn must look like arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/POST/PATH."
        },
      ]
    ],
    {
      bad  = var.primary_source.entitlement_arn == null ? false : !can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:entitlement:[A-Za-z0-9-]+:[A-Za-z0-9_-]+$", var.primary_source.entitlement_arn))
      says = "primary_source.entitlement_arn must look like arn:aws:mediaconnect:REGION:ACCOUNT:entitlement:ID:NAME."
    },
    {
      bad  = var.primary_source.bridge_arn == null ? false : !can(regex("^arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:bridge:[A-Za-z0-9-]+:[A-Za-z0-9_-]+$", var.primary_source.bridge_arn))
      says = "primary_source.bridge_arn must look like arn:aws:mediaconnect:REGION:ACCOUNT:bridge:ID:NAME."
    },
    [
      for place, router in local.routers : {
        bad  = (router.key_type == "SECRETS_MANAGER") != (router.secret_arn != null)
        says = "${place}.router: secret_arn goes with key_type SECRETS_MANAGER and with nothing else."
      }
    ],
    [
      for place, router in local.routers : {
        bad  = router.secret_arn == null ? false : !can(regex(local.secret_pattern, router.secret_arn))
        says = "${place}.router.secret_arn must be the ARN of a Secrets Manager secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX."
      }
    ],
  ])
  secret_pattern = "^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$"
  routers = merge(
    { for key, source in local.sources : key => source.router if source.router != null },
    { for name, output in var.outputs : "outputs[\"${name}\"]" => output.router if output.router != null },
  )

  has_ndi = var.primary_source.protocol == "ndi-speed-hq" || anytrue([for output in var.outputs : output.protocol == "ndi-speed-hq"])

  flow_checks = flatten([
    {
      bad  = try(var.failover.mode, "FAILOVER") == "MERGE" && anytrue([for source in local.sources : !contains(try(local.source_protocols[source.protocol].failover, []), "MERGE")])
      says = "failover.mode MERGE is for rist, rtp, rtp-fec and zixi-push, not for ${join(" and ", distinct([for source in local.sources : source.protocol]))}: use FAILOVER, or none with one source."
    },
    {
      bad  = var.failover != null && length(try(local.source_protocols[var.primary_source.protocol].failover, ["-"])) == 0
      says = "failover: ${var.primary_source.protocol} has none."
    },
    {
      bad  = local.has_ndi && var.ndi == null
      says = "ndi is missing: sources and outputs of ndi-speed-hq need discovery servers."
    },
    {
      bad  = (local.has_ndi || var.ndi != null) && !contains(["LARGE", "LARGE_4X"], coalesce(var.flow_size, "MEDIUM"))
      says = "flow_size must be LARGE or LARGE_4X for NDI."
    },
    {
      bad  = var.encoding != null && var.primary_source.protocol != "ndi-speed-hq"
      says = "encoding is for sources of ndi-speed-hq, not for ${var.primary_source.protocol}."
    },
    [
      for server in try(var.ndi.discovery_servers, []) : {
        bad  = !contains(keys(var.vpc_interfaces), server.vpc_interface)
        says = "ndi.discovery_servers: there is no \"${server.vpc_interface}\" in vpc_interfaces (${join(", ", keys(var.vpc_interfaces))})."
      }
    ],
    {
      bad  = length(var.media_streams) > 0 && !contains(["cdi", "st2110-jpegxs"], var.primary_source.protocol)
      says = "media_streams are for sources of cdi and st2110-jpegxs; ${var.primary_source.protocol} carries one transport stream."
    },
    {
      bad  = var.source_monitoring != null && contains(["cdi", "st2110-jpegxs"], var.primary_source.protocol)
      says = "source_monitoring looks into transport streams, not into ${var.primary_source.protocol}."
    },
    [
      for place, router in local.routers : {
        bad  = !contains(["AUTOMATIC", "SECRETS_MANAGER"], router.key_type)
        says = "${place}.router.key_type must be AUTOMATIC or SECRETS_MANAGER."
      }
    ],
    [
      for name, output in var.outputs : [
        {
          bad  = output.vpc_interface == null ? false : !contains(keys(var.vpc_interfaces), output.vpc_interface)
          says = "outputs[\"${name}\"].vpc_interface: there is no \"${coalesce(output.vpc_interface, "-")}\" in vpc_interfaces (${join(", ", keys(var.vpc_interfaces))})."
        },
        {
          bad  = output.protocol == "cdi" && try(var.vpc_interfaces[output.vpc_interface].type, "efa") != "efa"
          says = "outputs[\"${name}\"].vpc_interface: cdi needs an interface of type efa."
        },
        {
          bad  = contains(["cdi", "st2110-jpegxs"], output.protocol) != contains(["cdi", "st2110-jpegxs"], var.primary_source.protocol)
          says = "outputs[\"${name}\"].protocol: a flow with a source of ${var.primary_source.protocol} has no output of ${output.protocol}; cdi and st2110-jpegxs go together only."
        },
        [
          for stream in keys(coalesce(output.media_streams, {})) : {
            bad  = !contains(keys(var.media_streams), stream)
            says = "outputs[\"${name}\"].media_streams: there is no \"${stream}\" in media_streams (${join(", ", keys(var.media_streams))})."
          }
        ],
        [
          for stream, sent in coalesce(output.media_streams, {}) : [
            {
              bad  = output.protocol == "st2110-jpegxs" ? !contains([1, 2], length(sent.destinations)) : length(sent.destinations) > 0
              says = "outputs[\"${name}\"].media_streams[\"${stream}\"].destinations: st2110-jpegxs needs one, or two for redundancy; cdi sends to the output's destination."
            },
            {
              bad  = (sent.compression_factor != null || sent.encoder_profile != null) && !(output.protocol == "st2110-jpegxs" && var.primary_source.protocol == "cdi" && try(var.media_streams[stream].type, "video") == "video")
              says = "outputs[\"${name}\"].media_streams[\"${stream}\"]: compression_factor and encoder_profile are for video from a cdi source to st2110-jpegxs."
            },
            {
              bad  = (sent.compression_factor == null) != (sent.encoder_profile == null)
              says = "outputs[\"${name}\"].media_streams[\"${stream}\"]: compression_factor and encoder_profile go together."
            },
            {
              bad  = sent.compression_factor == null ? false : sent.compression_factor < 3 || sent.compression_factor > 10
              says = "outputs[\"${name}\"].media_streams[\"${stream}\"].compression_factor must be 3.0 to 10.0."
            },
            {
              bad  = sent.encoder_profile == null ? false : !contains(["high", "main"], sent.encoder_profile)
              says = "outputs[\"${name}\"].media_streams[\"${stream}\"].encoder_profile must be main or high."
            },
            [
              for destination in sent.destinations : {
                bad  = !contains(keys(var.vpc_interfaces), destination.interface)
                says = "outputs[\"${name}\"].media_streams[\"${stream}\"].destinations: there is no \"${destination.interface}\" in vpc_interfaces (${join(", ", keys(var.vpc_interfaces))})."
              }
            ],
          ]
        ],
        {
          bad  = try(output.ndi.audio_reference_level, null) == null ? false : output.ndi.audio_reference_level < -40 || output.ndi.audio_reference_level > 0
          says = "outputs[\"${name}\"].ndi.audio_reference_level must be -40 to 0 dBFS."
        },
        {
          bad  = try(output.ndi.timecode_source, null) == null ? false : !contains(["EMBEDDED_TIMECODE", "UTC_SYSTEM_TIME"], output.ndi.timecode_source)
          says = "outputs[\"${name}\"].ndi.timecode_source must be EMBEDDED_TIMECODE or UTC_SYSTEM_TIME."
        },
      ]
    ],
  ])
}
