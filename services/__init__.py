"""The servers that Headwater's tests run against, started natively on loopback: no container engine needed.

Only the standard library is used, so that they start before anything is installed. A service is a module with
`start(folder) -> settings` and `stop(folder)`; both may be called again at any time.
"""
