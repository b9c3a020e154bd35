# What is installed, and whether it is sound: no cluster is needed.
add_dependencies(tests_system kvd kvctl kvbench kvbus)
foreach(part install units config)
  add_test(NAME Deploy.${part}
           COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/deploy_test.sh ${part} ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/deploy/kvd.toml)
  set_tests_properties(Deploy.${part} PROPERTIES LABELS system SKIP_RETURN_CODE 77 TIMEOUT 60)
endforeach()
