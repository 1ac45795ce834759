# SPDX-License-Identifier: Apache-2.0
# Debian packages of what is installed: `cpack --config build/release/CPackConfig.cmake`. What they
# have beside it is the component debian.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The authors of tickgate <tickgate@example.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "live price-feed gateway over WebSocket")
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "Connects to exchanges, normalises what they send, and serves it over
WebSocket to dashboards: one upstream connection feeds any number of
clients, each at the pace it can take. A stale price is never shown as
live.")
set(CPACK_STRIP_FILES OFF)  # divided already
# /etc and /usr, both as they are written.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime debian debug debian_symbols)
set(CPACK_COMPONENT_RUNTIME_GROUP program)
set(CPACK_COMPONENT_DEBIAN_GROUP program)
set(CPACK_COMPONENT_DEBUG_GROUP symbols)
set(CPACK_COMPONENT_DEBIAN_SYMBOLS_GROUP symbols)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME tickgate)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_PREDEPENDS "init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/deploy/debian/conffiles
  ${CMAKE_SOURCE_DIR}/deploy/debian/postinst ${CMAKE_SOURCE_DIR}/deploy/debian/prerm
  ${CMAKE_SOURCE_DIR}/deploy/debian/postrm)

set(CPACK_DEBIAN_SYMBOLS_PACKAGE_NAME tickgate-dbgsym)
set(CPACK_DEBIAN_SYMBOLS_PACKAGE_SECTION debug)
set(CPACK_DEBIAN_SYMBOLS_PACKAGE_DEPENDS
  "tickgate (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
set(CPACK_COMPONENT_SYMBOLS_DESCRIPTION "These are the debug symbols of tickgate.")

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, if it is set
configure_file(deploy/debian/changelog.in debian/changelog @ONLY)
execute_process(COMMAND gzip -9n INPUT_FILE ${CMAKE_BINARY_DIR}/debian/changelog
  OUTPUT_FILE ${CMAKE_BINARY_DIR}/debian/changelog.Debian.gz COMMAND_ERROR_IS_FATAL ANY)

install(FILES ${made}/tickgate.yaml DESTINATION /etc/tickgate COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES deploy/systemd/tickgate.default RENAME tickgate DESTINATION /etc/default
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${made}/changelog.gz ${CMAKE_BINARY_DIR}/debian/changelog.Debian.gz
  DESTINATION share/doc/tickgate COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${made}/completion.zsh RENAME _tickgate DESTINATION share/zsh/vendor-completions
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES deploy/debian/lintian-overrides RENAME tickgate DESTINATION share/lintian/overrides
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${made}/tickgate-dbgsym DESTINATION share/doc
  COMPONENT debian_symbols EXCLUDE_FROM_ALL)
include(CPack)
