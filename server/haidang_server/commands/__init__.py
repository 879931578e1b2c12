"""The operator's commands, one family a module; each module has an `app` that `cli` mounts."""
