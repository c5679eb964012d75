output "budget_name" {
  description = "Name of the budget; null where the configuration has none."
  value       = module.guardrails.budget_name
}
