"""The provider plugins: Pulumi's protocol around the control plane, the directory and the random generator."""
