"""The main job, played with real processes and sockets: six people, one hub, and everything that usually goes wrong."""
