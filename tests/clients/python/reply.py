"""What an operation can come to."""


class NotOffered(Exception):
    """The client has no such call, or cannot express an argument."""


# The client reports every error as a RuntimeError whose text starts with the error's name.
STATUSES = {
    "InvalidCommand": 3,
    "Disconnected": 8,
    "CannotEstablishConnection": 9,
    "ResourceNotFound": 20,
    "StaleClient": 30,
    "Unauthenticated": 40,
    "Unauthorized": 41,
    "InvalidCredentials": 42,
    "InvalidUsername": 43,
    "InvalidPassword": 44,
    "UserInactive": 47,
    "NotConnected": 61,
    "StreamIdNotFound": 1009,
    "StreamNameAlreadyExists": 1012,
    "InvalidTopicSize": 1019,
    "TopicIdNotFound": 2010,
    "TopicNameAlreadyExists": 2013,
    "TooManyPartitions": 2015,
    "PartitionNotFound": 3007,
    "ConsumerOffsetNotFound": 3021,
    "NotResolvedConsumer": 3022,
    "InvalidMessagePayloadLength": 4025,
    "InvalidOffset": 4100,
    "ConsumerGroupIdNotFound": 5000,
    "ConsumerGroupNameAlreadyExists": 5004,
    "ConsumerGroupMemberNotFound": 5006,
}


def status_of(text: str) -> int:
    return STATUSES.get(text.split("(")[0].split(" ")[0].strip(), 0)
