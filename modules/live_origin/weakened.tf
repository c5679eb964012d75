# Which protections a drill has taken away: every one that stands with `true` in weakened_for_drill is on unless it says false.
locals {
  weakened = var.weakened_for_drill == null ? [] : sort(compact([
    var.weakened_for_drill.dead_mans_switch ? "" : "dead_mans_switch",
    var.weakened_for_drill.endpoint_errors ? "" : "endpoint_errors",
    var.weakened_for_drill.expiry_segments == null ? "" : "expiry_segments",
    var.weakened_for_drill.if_match ? "" : "if_match",
  ]))
}
