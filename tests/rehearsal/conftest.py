"""Settings of the property tests below this folder."""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("suite")
