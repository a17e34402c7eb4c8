"""What leads out of the product: webhooks and calendar feeds."""
