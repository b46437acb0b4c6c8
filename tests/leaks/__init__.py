"""Nobody is shown what one may not see, on any surface, and nobody is refused what one may (crm-systems P11).

A firm of any size is loaded through the commit stores and the path of a rebuild; an oracle that shares no code with the
services says of every user and activity whether it is to be seen; readers ask the real applications, over HTTP without
a socket. A *decision* is one pair of a reader and an activity (or engagement, or problem document) that one surface
answered rightly or not: of a list those are all activities that would be in the part that was read if everybody saw
everything, there or missing. What a change of rights does is looked at right after it.
"""
