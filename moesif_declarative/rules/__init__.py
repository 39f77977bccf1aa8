"""Rule tables to compiled closures: sources, conditions, masks."""
