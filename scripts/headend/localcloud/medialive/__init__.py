"""MediaLive: channels, inputs and input security groups with states over time, schedules, rules and events."""
