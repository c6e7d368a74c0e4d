/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub.h"

#include "belfry-test-config.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

#define TEST_TYPE_KEEPER (test_keeper_get_type ())
G_DECLARE_FINAL_TYPE (TestKeeper, test_keeper, TEST, KEEPER, GObject)

/* A policy that allows nothing, but wants some messages of all topics to be kept. */
struct _TestKeeper
{
  GObject parent_instance;

  guint size;
  gboolean presence;
};

static void test_keeper_iface_init (BelfryTopicPolicyInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TestKeeper,
                               test_keeper,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_TOPIC_POLICY,
                                                      test_keeper_iface_init))

static BelfryVerdict
test_keeper_decide (BelfryTopicPolicy *policy,
                    BelfryIdentity *identity,
                    BelfryTopicAction action,
                    const char *topic)
{
  return BELFRY_VERDICT_ABSTAIN;
}

static void
test_keeper_get_settings (BelfryTopicPolicy *policy,
                          const char *topic,
                          BelfryTopicSettings *settings)
{
  const TestKeeper *self = TEST_KEEPER (policy);

  if (self->size > 0)
    belfry_topic_settings_set_history_size (settings, self->size);
  if (self->presence)
    belfry_topic_settings_set_presence (settings, TRUE);
}

static void
test_keeper_iface_init (BelfryTopicPolicyInterface *iface)
{
  iface->decide = test_keeper_decide;
  iface->get_settings = test_keeper_get_settings;
}

static void
test_keeper_class_init (TestKeeperClass *klass)
{
}

static void
test_keeper_init (TestKeeper *self)
{
}

/* Returns: (transfer none): the gate's */
static TestKeeper *
add_keeper (BelfryTestCore *core, guint size)
{
  g_autoptr (TestKeeper) keeper = g_object_new (TEST_TYPE_KEEPER, NULL);

  keeper->size = size;
  belfry_gate_add_policy (core->gate, "keeper", BELFRY_TOPIC_POLICY (keeper));
  return keeper;
}

/* Of the only topic that there is. */
static guint
kept (BelfryTestCore *core)
{
  g_autofree char *next = NULL;
  g_autoptr (GPtrArray) topics = belfry_hub_list_topics (core->hub, NULL, NULL, 2, &next);
  const BelfryTopicInfo *info = g_ptr_array_index (topics, 0);

  g_assert_cmpuint (topics->len, ==, 1);
  return info->traits.history_size;
}

static void
reload (BelfryTestCore *core, const char *text)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (text);

  belfry_hub_set_config (core->hub, config);
}

/* Where nobody wants anything, nobody is asked. */
static void
test_nobody (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  g_assert_null (belfry_gate_get_settings (core.gate, "a"));
  belfry_test_core_clear (&core);
}

/* What a policy wants is done: who comes back gets what was kept. */
static void
test_history (void)
{
  BelfryTestCore core;
  const BelfryPosition *since;

  belfry_test_core_init (&core, "");
  add_keeper (&core, 2);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  BelfryFakeClient *b = belfry_test_core_client (&core, "bob");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_assert_told (a, "subscribed a@0");
  since = &a->position;
  belfry_test_core_publish (&core, "a", "1");
  belfry_test_core_publish (&core, "a", "2");
  belfry_fake_client_assert_told (a, "message a 1@1; message a 2@2");
  const BelfryPosition first = { .epoch = since->epoch, .offset = 1 };
  belfry_fake_client_recover (b, "a", &first);
  belfry_fake_client_assert_told (b, "subscribed a@1+; message a 2@2");
  belfry_fake_client_free (a);
  belfry_fake_client_free (b);
  belfry_test_core_clear (&core);
}

/* Of two policies the first wins, setting by setting. */
static void
test_first_wins (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  add_keeper (&core, 0);
  add_keeper (&core, 3);
  TestKeeper *second = add_keeper (&core, 4);
  second->presence = TRUE;
  g_autoptr (BelfryTopicSettings) settings = belfry_gate_get_settings (core.gate, "a");
  guint size = 0;
  gboolean presence = FALSE;

  g_assert_true (belfry_topic_settings_get_history_size (settings, &size));
  g_assert_cmpuint (size, ==, 3);
  g_assert_true (belfry_topic_settings_get_presence (settings, &presence));
  g_assert_true (presence);
  belfry_test_core_clear (&core);
}

/* A reload asks again, and the administrator's own word wins. */
static void
test_reload (void)
{
  BelfryTestCore core;

  belfry_test_core_init (&core, "");
  TestKeeper *keeper = add_keeper (&core, 2);
  BelfryFakeClient *a = belfry_test_core_client (&core, "alice");
  belfry_fake_client_subscribe (a, "a");
  belfry_fake_client_settle ();
  g_assert_cmpuint (kept (&core), ==, 2);
  keeper->size = 5;
  reload (&core, "");
  g_assert_cmpuint (kept (&core), ==, 5);
  reload (&core, "[topic *]\nhistory-size = 1\n");
  g_assert_cmpuint (kept (&core), ==, 1);
  keeper->size = 0;
  reload (&core, "");
  g_assert_cmpuint (kept (&core), ==, 0);
  belfry_fake_client_free (a);
  belfry_test_core_clear (&core);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-topic-settings/nobody", test_nobody);
  belfry_test_add ("/hub-topic-settings/history", test_history);
  belfry_test_add ("/hub-topic-settings/first-wins", test_first_wins);
  belfry_test_add ("/hub-topic-settings/reload", test_reload);
  return g_test_run ();
}
