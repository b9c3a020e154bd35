// Nothing of its own: makes the precompiled header that libraries share in builds with sanitizers.
