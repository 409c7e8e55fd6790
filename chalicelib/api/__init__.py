"""The HTTP routes, without a web framework: Chalice serves them in AWS, the local runtime serves the same functions.

messages    a request, a response, a refusal
authorizer  bearer tokens and their scopes
desk        what the routes work on: the agents and their stores
given       what a query or a body says, or why it is refused
reads · metrics · switch   the routes themselves
equity      pages of a curve that may be a year of minutes long
routes      the table of all of them: `ROUTES`
front       `Api.answer`: from a request to a response, whatever the request is
"""
