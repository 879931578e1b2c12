"""HTTP: each handler takes bytes and headers apart and hands them on."""
