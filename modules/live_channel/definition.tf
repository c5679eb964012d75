# The encoder settings, as `headend render` writes them for a ladder, and what is refused at plan. `headend check` says all of this and
# more, with the place.
# https://docs.aws.amazon.com/medialive/latest/ug/pipeline-locking-requirements.html
# https://docs.aws.amazon.com/mediapackage/latest/userguide/cross-region-failover.html
locals {
  kinds = {
    mediapackage = { file = "encoder_settings.cmaf.json", group = "CmafIngestGroupSettings", output = "CmafIngestOutputSettings" }
    s3           = { file = "encoder_settings.hls.json", group = "HlsGroupSettings", output = "HlsOutputSettings" }
  }
  kind = local.kinds[var.kind]

  definition_file = coalesce(var.definition_file, "${path.module}/rendered/${local.kind.file}")
  manifest_file   = "${dirname(local.definition_file)}/index.m3u8"
  encoder         = jsondecode(file(local.definition_file))

  audio_selectors = sort(distinct([for audio in local.encoder.AudioDescriptions : audio.AudioSelectorName]))
  group           = try(local.encoder.OutputGroups[0].OutputGroupSettings[local.kind.group], null)
  outputs         = try(local.encoder.OutputGroups[0].Outputs, [])
  modifiers       = [for output in local.outputs : try(output.OutputSettings[local.kind.output].NameModifier, "")]
  segment_milliseconds = try(
    local.group.SegmentLength * (local.group.SegmentLengthUnits == "MILLISECONDS" ? 1 : 1000),
    local.group.SegmentLength * 1000,
    null,
  )
  segment_seconds = try(local.segment_milliseconds / 1000, null)

  videos = {
    for video in local.encoder.VideoDescriptions : video.Name => merge(
      { FramerateControl = can(video.CodecSettings.H265Settings) ? "SPECIFIED" : null, FramerateDenominator = 1, FramerateNumerator = 0, GopClosedCadence = null, GopSize = 0, GopSizeUnits = "FRAMES" },
      try(values(video.CodecSettings)[0], {}),
    )
  }
  frame_rates = { for name, video in local.videos : name => video.FramerateNumerator / video.FramerateDenominator }
  milliframes = { for name, rate in local.frame_rates : name => try(local.segment_milliseconds * ceil(rate), null) }
  gop_frames  = { for name, video in local.videos : name => video.GopSize * (video.GopSizeUnits == "SECONDS" ? ceil(local.frame_rates[name]) : 1) }

  faults = [for fault in concat(local.faults_of_settings, local.faults_of_videos, local.faults_of_hls) : "${local.definition_file}: ${fault.says}" if fault.bad]

  faults_of_settings = [
    {
      bad  = try(local.encoder.GlobalConfiguration.OutputLockingMode, null) != "EPOCH_LOCKING"
      says = "GlobalConfiguration.OutputLockingMode must be EPOCH_LOCKING: Regions do not know each other, only the epoch."
    },
    {
      bad  = try(local.encoder.TimecodeConfig.Source, null) != "EMBEDDED"
      says = "TimecodeConfig.Source must be EMBEDDED: the feeds say which frame is which."
    },
    {
      bad  = length(local.encoder.OutputGroups) != 1 || local.group == null
      says = "OutputGroups must hold one group with ${local.kind.group}, for kind ${var.kind}; HLS into MediaPackage is not offered, AWS documents failover between Regions for CMAF only."
    },
    {
      bad  = try(local.group.Destination.DestinationRefId, "origin") != "origin"
      says = "the output group's DestinationRefId must be \"origin\", the channel's only destination."
    },
    {
      bad  = local.group != null && local.segment_seconds == null
      says = "the output group's SegmentLength is missing: a segment's number is the time divided by it."
    },
    {
      bad  = length(distinct(local.modifiers)) < length(local.modifiers) || contains(local.modifiers, "")
      says = "each output needs a NameModifier of its own."
    },
    {
      bad  = anytrue([for modifier in local.modifiers : can(regex("[$/%]", modifier))])
      says = "NameModifier must be plain text: the other Region cannot repeat what changes with the time."
    },
  ]

  faults_of_videos = concat(
    [
      for name, video in local.videos : {
        bad  = video.FramerateControl != "SPECIFIED" || local.frame_rates[name] <= 0
        says = "${name}: FramerateControl must be SPECIFIED, with a numerator and a denominator."
      }
    ],
    [
      for name, video in local.videos : {
        bad  = video.GopClosedCadence != 1
        says = "${name}: GopClosedCadence must be 1: every segment begins with a closed GOP."
      }
    ],
    [
      for name, frames in local.gop_frames : {
        bad  = frames <= 0 || frames != floor(frames) || try(local.milliframes[name] % (frames * 1000) != 0, false)
        says = "${name}: GopSize must be a number of frames that divides the segment${try(" of ${local.milliframes[name] / 1000}", "")}."
      }
    ],
    [{
      bad  = length(distinct([for rate in values(local.frame_rates) : rate == floor(rate)])) > 1
      says = "fractional and whole frame rates do not go together in two Regions."
    }],
  )

  faults_of_hls = [
    for fault in [
      {
        bad  = try(local.group.InputLossAction, null) != "PAUSE_OUTPUT"
        says = "InputLossAction must be PAUSE_OUTPUT: a Region without a feed must fall silent."
      },
      {
        bad  = try(local.group.RedundantManifest, null) != "ENABLED"
        says = "RedundantManifest must be ENABLED: players must find the other pipeline's renditions."
      },
      {
        bad  = !can(local.group.HlsCdnSettings.HlsS3Settings)
        says = "HlsCdnSettings must hold HlsS3Settings: the origin is a bucket."
      },
      {
        bad = length(try(local.group.AdMarkers, [])) > 0 || anytrue([
          for output in local.outputs : try(output.OutputSettings.HlsOutputSettings.HlsSettings.StandardHlsSettings.M3u8Settings.Scte35Behavior, null) == "PASSTHROUGH"
        ])
        says = "SCTE-35 does not go with HLS and EPOCH_LOCKING: no AdMarkers, Scte35Behavior NO_PASSTHROUGH."
      },
    ] : fault if var.kind == "s3" && local.group != null
  ]
}
