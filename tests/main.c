/* SPDX-License-Identifier: BSD-2-Clause */
/* The main() of every unit test program: runs the suite that its one other
 * file defines. The exit status is 1 if any test failed. */
#include <check.h>
#include <stdlib.h>

Suite *suite(void);

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
