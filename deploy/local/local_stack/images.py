"""The images that stand for the servers where containers are used; docker-compose.yml names the same."""

MONGO_IMAGE = "mongo:6.0"
KAFKA_IMAGE = "apache/kafka:4.3.1"
