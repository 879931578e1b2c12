"""The worked example: notice 171/TB-VP of Kiên Giang, its forms and units, and a made-up year of reports."""
