// SPDX-License-Identifier: Apache-2.0
// Asio's and Beast's non-template code, compiled once for the whole program: every other file is
// built with *_SEPARATE_COMPILATION and finds it here.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
