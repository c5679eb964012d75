locals {
  full_name = "${var.name}-approvals"
}
