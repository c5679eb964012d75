run "a_configuration_without_a_fault_is_handed_on" {
  command = plan

  variables {
    file = "./tests/configs/good.yaml"
  }

  assert {
    condition     = output.config.flows.studio-a.source.ingest_port == 5000 && output.config.account_id == "123456789012"
    error_message = "The configuration must come out as it is written."
  }
}

run "everything_that_can_be_written_is_handed_on" {
  command = plan

  variables {
    file = "./tests/configs/everything.yaml"
  }

  assert {
    condition     = length(local.unknown_keys) == 0
    error_message = "Every key of the schema must be known: ${join("; ", local.unknown_keys)}."
  }

  assert {
    condition     = length(local.level_4) > 0 && length(local.level_5) == 0
    error_message = "The levels must reach one further than anything that can be written."
  }

  assert {
    condition = setsubtract(keys(local.schema["$defs"]), [
      for object in concat(local.level_1, local.level_2, local.level_3, local.level_4) : object.definition
    ]) == toset(["JsonValue"])
    error_message = "This file must hold an object of every kind, so that every kind is looked at."
  }
}

run "the_environments_of_this_repository_are_sound" {
  command = plan

  variables {
    file = "../../envs/prod/config.yaml"
  }

  assert {
    condition     = output.config.name == "live-prod"
    error_message = "envs/prod must be readable."
  }
}

run "a_misspelt_key_at_the_top_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_root.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_a_flow_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_flow.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_a_source_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_source.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_a_decryption_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_decryption.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_an_output_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_output.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_the_alarms_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_signal.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_an_alarm_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_alarm.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_the_monitor_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_monitor.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_a_subscription_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_subscription.yaml"
  }

  expect_failures = [output.config]
}

run "a_misspelt_key_of_the_budget_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/misspelt_budget.yaml"
  }

  expect_failures = [output.config]
}

run "a_missing_file_is_refused" {
  command = plan

  variables {
    file = "./tests/configs/nowhere.yaml"
  }

  expect_failures = [var.file]
}
