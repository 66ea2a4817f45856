"""The Entra groups of the platform and the role that each stands for (docs/reference/product.md, "Groups")."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Group:
    """An Entra security group."""

    role: str
    """Value of the role claim, e.g. ``aifabrix-developer``."""
    display_name: str
    purpose: str

    def named(self, display_name: str) -> Group:
        """Return the same group under another display name."""
        return replace(self, display_name=display_name)


GROUPS: tuple[Group, ...] = (
    Group("aifabrix-platform-admin", "AI-Fabrix-Platform-Admins", "Everything, environments included"),
    Group("aifabrix-security-admin", "AI-Fabrix-Security-Admins", "Users, groups, integration clients, audit log"),
    Group("aifabrix-infrastructure-admin", "AI-Fabrix-Infrastructure-Admins", "Create, change and delete environments"),
    Group("aifabrix-deployment-admin", "AI-Fabrix-Deployment-Admins", "Deploy controller and applications"),
    Group("aifabrix-compliance-admin", "AI-Fabrix-Compliance-Admins", "Compliance views, audit log, export of logs"),
    Group("aifabrix-developer", "AI-Fabrix-Developers", "Deploy applications, write logs"),
    Group("aifabrix-observer", "AI-Fabrix-Observers", "Read health, deployments and logs"),
)
"""In the order of the document. ``aifabrix-user``, which login needs, is a role of keycloak without a group."""
