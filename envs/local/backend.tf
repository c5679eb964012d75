terraform {
  backend "local" {
    path = "../../build/terraform/local/terraform.tfstate"
  }
}
