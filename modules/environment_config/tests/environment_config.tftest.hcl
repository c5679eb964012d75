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
