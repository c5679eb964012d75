# A typed object drops a misspelt key silently, so each key is looked up in the schema. What the schema says beyond names (types,
# ranges) is checked by the modules' own variables.
locals {
  # By definition: which keys it has, and which of them lead to objects of which definition, and how (itself, a map or a list of them).
  definitions = merge(local.schema["$defs"], { "" = { properties = local.schema.properties } })
  allowed     = { for name, definition in local.definitions : name => try(keys(definition.properties), []) }
  below = {
    for name, definition in local.definitions : name => merge([
      for key, property in try(definition.properties, {}) : merge([
        for option in concat([property], try(property.anyOf, [])) : merge([
          for kind, reference in {
            one  = try(option["$ref"], null)
            each = try(option.additionalProperties["$ref"], values(option.patternProperties)[0]["$ref"], option.items["$ref"], null)
          } : { (key) = { definition = trimprefix(reference, "#/$defs/"), each = kind == "each" } } if reference != null
        ]...)
      ]...)
    ]...)
  }

  # Where an object stands in the file, what it holds and what it should be: the whole file, then what lies in it, and so on. HCL has
  # no recursion; a test holds that the schema is no deeper.
  level_0 = [{ place = "", value = local.config, definition = "" }]
  level_1 = flatten([for object in local.level_0 : [
    for key, child in local.below[object.definition] : concat(
      try([for value in [object.value[key]] : { place = "${object.place}${key}.", value = value, definition = child.definition } if !child.each], []),
      try([for name, value in object.value[key] : { place = "${object.place}${key}.${name}.", value = value, definition = child.definition } if child.each], []),
    )
  ]])
  level_2 = flatten([for object in local.level_1 : [
    for key, child in local.below[object.definition] : concat(
      try([for value in [object.value[key]] : { place = "${object.place}${key}.", value = value, definition = child.definition } if !child.each], []),
      try([for name, value in object.value[key] : { place = "${object.place}${key}.${name}.", value = value, definition = child.definition } if child.each], []),
    )
  ]])
  level_3 = flatten([for object in local.level_2 : [
    for key, child in local.below[object.definition] : concat(
      try([for value in [object.value[key]] : { place = "${object.place}${key}.", value = value, definition = child.definition } if !child.each], []),
      try([for name, value in object.value[key] : { place = "${object.place}${key}.${name}.", value = value, definition = child.definition } if child.each], []),
    )
  ]])
  level_4 = flatten([for object in local.level_3 : [
    for key, child in local.below[object.definition] : concat(
      try([for value in [object.value[key]] : { place = "${object.place}${key}.", value = value, definition = child.definition } if !child.each], []),
      try([for name, value in object.value[key] : { place = "${object.place}${key}.${name}.", value = value, definition = child.definition } if child.each], []),
    )
  ]])
  level_5 = flatten([for object in local.level_4 : [
    for key, child in local.below[object.definition] : concat(
      try([for value in [object.value[key]] : { place = "${object.place}${key}.", value = value, definition = child.definition } if !child.each], []),
      try([for name, value in object.value[key] : { place = "${object.place}${key}.${name}.", value = value, definition = child.definition } if child.each], []),
    )
  ]])

  unknown_keys = flatten([
    for object in concat(local.level_0, local.level_1, local.level_2, local.level_3, local.level_4, local.level_5) : [
      for key in try(keys(object.value), []) :
      "${object.place}${key} (here are allowed: ${join(", ", sort(local.allowed[object.definition]))})" if !contains(local.allowed[object.definition], key)
    ]
  ])
}
