from __future__ import annotations

from hypothesis import HealthCheck, settings

# A test that asserts no time does not fail for time, however busy the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
