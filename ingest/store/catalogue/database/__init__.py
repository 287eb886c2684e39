"""The database itself: tables, migrations, opening it, and what its dialects spell apart."""
