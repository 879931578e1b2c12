# pysqlite3 is the standard library's module built with a newer SQLite; it ships no types of its own.
from sqlite3 import *
