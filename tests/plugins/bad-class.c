/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-plugin"

#include <belfry/belfry.h>

/* A plugin whose class is a policy, and whose descriptor says something else: KINDS. TestBadClass
 * and NAME are different for each build. */
struct _TestBadClass
{
  BelfryPlugin parent_instance;
};

G_DECLARE_FINAL_TYPE (TestBadClass, test_bad_class, TEST, BAD_CLASS, BelfryPlugin)

G_DEFINE_FINAL_TYPE_WITH_CODE (TestBadClass,
                               test_bad_class,
                               BELFRY_TYPE_PLUGIN,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY, NULL))

static void
test_bad_class_class_init (TestBadClassClass *klass)
{
}

/* No object may be made of a class that is not what it says. */
static void
test_bad_class_init (TestBadClass *self)
{
  g_assert_null (self);
}

BELFRY_DEFINE_PLUGIN (NAME, "1.0", "MIT", KINDS, test_bad_class_get_type);
