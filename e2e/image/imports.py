"""A dozen imports, and one line of output."""

import argparse
import asyncio
import base64
import csv
import decimal
import email
import hashlib
import html
import json
import logging
import sqlite3
import ssl
import unittest
import xml.dom.minidom

names = [argparse, asyncio, base64, csv, decimal, email, hashlib, html, json, logging, sqlite3, ssl, unittest]
print(json.dumps({"imports": len(names) + 1, "sha256": hashlib.sha256(b"sluice").hexdigest()}))
