"""The case file (卷宗): the rows of a case and the guards over them, shared by cases, work orders, actions, visits and the inbox.

These five features never import each other; what two of them need stands here.
"""
