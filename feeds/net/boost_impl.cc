// SPDX-License-Identifier: Apache-2.0
// The one place where Asio's and Beast's non-template code is compiled: every target is built with
// BOOST_ASIO_SEPARATE_COMPILATION and BOOST_BEAST_SEPARATE_COMPILATION, which halves what each
// source file that uses them costs.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
