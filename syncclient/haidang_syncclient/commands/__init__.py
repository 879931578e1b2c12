"""The commands of `haidang`, one module a family. Each takes a `Desk` and gives back an `Answer`; none prints."""
