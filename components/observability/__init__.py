"""What is measured, recorded and reported: workspace, telemetry, audit trail, alerts, budget."""
