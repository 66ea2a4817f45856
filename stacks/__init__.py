"""One stack on one target: settings, engine, state, recovery, slots, drift, bootstrap."""
