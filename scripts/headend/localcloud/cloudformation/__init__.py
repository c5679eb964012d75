"""CloudFormation: stacks of the resource types for which the local cloud has handlers."""
