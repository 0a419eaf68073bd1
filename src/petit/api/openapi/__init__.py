"""The OpenAPI document: made from routes and types when somebody asks for it."""
