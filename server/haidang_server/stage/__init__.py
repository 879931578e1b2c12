"""People and a hub on one machine, each as processes of their own: what `demo` and `example` play with.

Nothing here reaches into a replica or a hub: everything is done and seen through the two commands, as people do it.
"""
