"""What the fields of requests and answers mean."""

from __future__ import annotations

from dossier.http.words import COMMON, Words

WORDS: Words = COMMON | {
    "capabilities": "What the caller may do, such as read, write, create or administer",
    "deputies": "Who stands in for the user, whatever day it is (RGT-09)",
    "email": "Mail address, in lower case; null for none",
    "first_day": "From this day on; null: always until then",
    "group": "Id of the group",
    "groups": "The groups of the access token, by which capabilities are given (RGT-01)",
    "CallerView.id": "Id of the user; null for a service",
    "CallerView.name": "Name of the user; null for who is not in the directory",
    "NewGroup.id": "UUID, or how access tokens name it; without one it is made here",
    "NewUser.id": "UUID, or how access tokens name the user; without one it is made here",
    "is_open": "Whether there is a secret address under which the calendar is read",
    "path": "Where histories serve the calendar, told this once; null for a repeated request",
    "is_active": "False: no longer offered; what is on record keeps the reference",
    "is_leader": "Whether the user leads the group (RGT-09)",
    "is_member": "Whether the user belongs to the group",
    "last_day": "Until this day, inclusive; null: for ever",
    "leaders": "Ids of the users who lead the group",
    "members": "Ids of the users who belong to the group",
    "name": "What the user or group is called",
    "names": "What these are called, by id",
    "OwnGroup.name": "What the group is called; null if it is not in the directory",
    "person": "Id of the user's own entry in the address book; null for none",
    "represents": "Ids of the users for whom this one is a deputy today, in its own time zone (RGT-09)",
    "service": "Name of the calling service; null for a user",
    "time_zone": "IANA name of the zone in which the user's days begin",
    "user": "Id of the user",
    "users": "Ids of the other users that it is about",
    "warnings": "Something to look at; it did not stop the command",
}
