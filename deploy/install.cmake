# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where. Components: runtime; debug, which only a debugger reads; papers,
# what a Debian package has in other places.
include(GNUInstallDirs)

set(made ${CMAKE_BINARY_DIR}/installed_files)
install(CODE "execute_process(COMMAND sh ${CMAKE_SOURCE_DIR}/deploy/installed_files.sh
  $<TARGET_FILE:tickgate> \${CMAKE_INSTALL_PREFIX} ${made} COMMAND_ERROR_IS_FATAL ANY)" ALL_COMPONENTS)

install(PROGRAMS ${made}/tickgate TYPE BIN COMPONENT runtime)
install(FILES ${made}/tickgate.service DESTINATION lib/systemd/system COMPONENT runtime)
install(FILES deploy/tickgate.yaml deploy/tickgate-ingest.yaml deploy/tickgate-edge.yaml
  deploy/tickgate.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/tickgate COMPONENT runtime)
install(FILES ${made}/tickgate.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
install(FILES ${made}/tickgate.yaml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT runtime)
install(FILES ${made}/completion.bash RENAME tickgate
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT runtime)
install(FILES ${made}/completion.fish RENAME tickgate.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT runtime)
install(FILES README.md schemas/protocol.md schemas/nats.md deploy/nats/nats-server.conf
  deploy/debian/copyright TYPE DOC COMPONENT runtime)

install(DIRECTORY ${made}/debug/ DESTINATION lib/debug COMPONENT debug)

install(FILES LICENSE CHANGELOG.md TYPE DOC COMPONENT papers)
install(FILES ${made}/completion.zsh RENAME _tickgate
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT papers)

include(deploy/package.cmake)
