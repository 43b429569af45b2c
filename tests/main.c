/* SPDX-License-Identifier: BSD-2-Clause */
/* The main() of every unit test program: runs the suite that its one other
 * file defines. The exit status is 1 if any test failed. */
#include <check.h>
#include <stdlib.h>

Suite *suite(void);
const char *__asan_default_options(void);

/* Called by the sanitizer. It guesses where the thread's memory of a library
 * lies that was loaded late, from what stands before it, and may guess at
 * nothing and die of that when it looks for leaks. */
const char *__asan_default_options(void)
{
    return "intercept_tls_get_addr=0";
}

int main(void)
{
    SRunner *runner;
    int failed;

    /* The sanitizers are slow, and the cores are shared with other tests. A
     * test case takes the limit when it is made. */
    setenv("CK_DEFAULT_TIMEOUT", "60", 0);
    runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
