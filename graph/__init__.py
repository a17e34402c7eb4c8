"""The CI graph behind one port: schema, projection, traversals; a Neo4j adapter and a SQL adapter."""
