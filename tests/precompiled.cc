// Nothing of its own: makes the precompiled header that all test programs share.
