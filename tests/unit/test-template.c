/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-loader.h"

#include "belfry-clock.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

/* The plugin that is there to be copied, loaded as the service loads it. */
typedef struct
{
  BelfryLoaderHost *host;
  BelfryLoader *loader;
  BelfryPlugin *plugin;
} Fixture;

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static BelfryConfig *
config_new (const char *settings)
{
  g_autofree char *text = g_strconcat ("[auth]\nauthorizers=template\npolicies=template\n"
                                       "[plugin template]\n",
                                       settings, NULL);

  return belfry_test_config_new (text);
}

static gboolean
fixture_start (Fixture *f, const char *settings, GError **error)
{
  g_auto (BelfryPluginPlace) place = { NULL };
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (BelfryConfig) config = config_new (settings);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_plugin_place_init (&place, NULL);
  f->host = belfry_loader_host_new (clock);
  f->loader = belfry_loader_new (f->host, &place, NULL);
  belfry_part_start_async (BELFRY_PART (f->loader), config, NULL, keep_result, &result);
  belfry_test_wait_until (result != NULL);
  if (!belfry_part_start_finish (BELFRY_PART (f->loader), result, error))
    return FALSE;
  f->plugin = belfry_loader_find (f->loader, "template")->object;
  return TRUE;
}

static void
fixture_clear (Fixture *f)
{
  belfry_test_assert_finalizes (f->loader);
  belfry_test_assert_finalizes (f->host);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static BelfryIdentity *
authenticate (Fixture *f, const char *token, GError **error)
{
  const BelfryCredentialsParams params = { .token = token };
  g_autoptr (BelfryCredentials) credentials = belfry_credentials_new (&params);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_authorizer_authenticate_async (BELFRY_AUTHORIZER (f->plugin), credentials, NULL,
                                        keep_result, &result);
  belfry_test_wait_until (result != NULL);
  return belfry_authorizer_authenticate_finish (BELFRY_AUTHORIZER (f->plugin), result, error);
}

static BelfryIdentity *
authenticate_well (Fixture *f, const char *token)
{
  g_autoptr (GError) error = NULL;
  BelfryIdentity *identity = authenticate (f, token, &error);

  g_assert_no_error (error);
  g_assert_nonnull (identity);
  return identity;
}

/* A guest signs in with name and password. */
static void
test_authenticate (void)
{
  g_auto (Fixture) f = { NULL };

  g_assert_true (fixture_start (&f, "password=pass:word\nguests=anna, ben\n", NULL));
  g_autoptr (BelfryIdentity) anna = authenticate_well (&f, "anna:pass:word");
  g_assert_cmpstr (belfry_identity_get_subject (anna), ==, "anna");
  g_assert_true (belfry_identity_has_role (anna, "guest"));
}

/* Without a list of guests everybody is one. */
static void
test_everybody (void)
{
  g_auto (Fixture) f = { NULL };

  g_assert_true (fixture_start (&f, "password=word\n", NULL));
  g_autoptr (BelfryIdentity) carla = authenticate_well (&f, "carla:word");
  g_assert_cmpstr (belfry_identity_get_subject (carla), ==, "carla");
}

static const char *const bad_tokens[] = {
  ":word", "anna:", "anna:words", "anna:wor", "anna:Word", "carla:word", "anna :word", "anna::word",
};

/* What looks like a guest's token and is none is refused; other tokens are left to others. */
static void
test_bad_tokens (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_start (&f, "password=word\nguests=anna ben\n", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad_tokens); i++)
    {
      g_autoptr (GError) refused = NULL;

      g_test_message ("%s", bad_tokens[i]);
      g_assert_null (authenticate (&f, bad_tokens[i], &refused));
      g_assert_error (refused, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED);
    }
  g_assert_null (authenticate (&f, NULL, &error));
  g_assert_null (authenticate (&f, "eyJhbGciOiJIUzI1NiJ9.e30.x", &error));
  g_assert_no_error (error);
}

/* A name that cannot be a subject is refused, however good the password. */
static void
test_bad_name (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_start (&f, "password=word\n", NULL));
  g_assert_null (authenticate (&f, "a\nb:word", &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED);
}

typedef struct
{
  const char *topic;
  BelfryVerdict verdict;
} Case;

static const Case cases[] = {
  { "guest.anna", BELFRY_VERDICT_ALLOW },   { "guest.anna.notes", BELFRY_VERDICT_ALLOW },
  { "guest.annabel", BELFRY_VERDICT_DENY }, { "guest.ben", BELFRY_VERDICT_DENY },
  { "guest.", BELFRY_VERDICT_DENY },        { "guest.*", BELFRY_VERDICT_DENY },
  { "guest.>", BELFRY_VERDICT_DENY },       { "guest.ann", BELFRY_VERDICT_DENY },
  { "news", BELFRY_VERDICT_ABSTAIN },       { "guest", BELFRY_VERDICT_ABSTAIN },
  { "Guest.anna", BELFRY_VERDICT_ABSTAIN },
};

/* What is kept of guests' topics is configured; of others the plugin wants nothing. */
static void
test_settings (void)
{
  g_auto (Fixture) f = { NULL };
  g_auto (Fixture) without = { NULL };
  g_autoptr (BelfryTopicSettings) guests = belfry_topic_settings_new ();
  g_autoptr (BelfryTopicSettings) others = belfry_topic_settings_new ();
  guint messages = 1;

  g_assert_true (fixture_start (&f, "password=word\nhistory=10\n", NULL));
  belfry_topic_policy_get_settings (BELFRY_TOPIC_POLICY (f.plugin), "news", others);
  g_assert_false (belfry_topic_settings_get_history_size (others, &messages));
  belfry_topic_policy_get_settings (BELFRY_TOPIC_POLICY (f.plugin), "guest.anna", guests);
  g_assert_true (belfry_topic_settings_get_history_size (guests, &messages));
  g_assert_cmpuint (messages, ==, 10);
  g_assert_true (fixture_start (&without, "password=word\n", NULL));
  belfry_topic_policy_get_settings (BELFRY_TOPIC_POLICY (without.plugin), "guest.anna", others);
  g_assert_false (belfry_topic_settings_get_history_size (others, &messages));
}

/* A guest has the topics of his name; about others, and other people, the plugin has no opinion. */
static void
test_decide (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("anna");
  g_autoptr (BelfryIdentity) no_guest = belfry_identity_builder_end (builder, NULL);

  g_assert_true (fixture_start (&f, "password=word\n", NULL));
  g_autoptr (BelfryIdentity) anna = authenticate_well (&f, "anna:word");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].topic);
      g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (f.plugin), anna,
                                                   BELFRY_TOPIC_ACTION_PUBLISH, cases[i].topic),
                       ==, cases[i].verdict);
      g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (f.plugin), no_guest,
                                                   BELFRY_TOPIC_ACTION_PUBLISH, cases[i].topic),
                       ==, BELFRY_VERDICT_ABSTAIN);
      g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (f.plugin), NULL,
                                                   BELFRY_TOPIC_ACTION_PUBLISH, cases[i].topic),
                       ==, BELFRY_VERDICT_ABSTAIN);
    }
}

/* A name that is a pattern, or looks like a topic of somebody else's, gets nothing by it. */
static void
test_names_of_others (void)
{
  static const char *const rows[][2] = {
    { "*", "guest.*" },           { ">", "guest.>" },           { "*.notes", "guest.*.notes" },
    { "anna.>", "guest.anna.>" }, { "anna.b", "guest.anna.b" }, { "anna/b", "guest.anna/b" },
  };
  g_auto (Fixture) f = { NULL };

  g_assert_true (fixture_start (&f, "password=word\n", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *token = g_strconcat (rows[i][0], ":word", NULL);
      g_autoptr (BelfryIdentity) guest = authenticate_well (&f, token);

      g_test_message ("%s", rows[i][0]);
      g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (f.plugin), guest,
                                                   BELFRY_TOPIC_ACTION_SUBSCRIBE, rows[i][1]),
                       ==, BELFRY_VERDICT_DENY);
    }
}

/* Who is still asked when the plugin is disabled has nothing to say. */
static void
test_disabled (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryTopicSettings) settings = belfry_topic_settings_new ();
  guint messages = 0;

  g_assert_true (fixture_start (&f, "password=word\nhistory=10\n", NULL));
  g_autoptr (BelfryIdentity) anna = authenticate_well (&f, "anna:word");
  belfry_plugin_disable (f.plugin);
  g_assert_null (authenticate (&f, "anna:word", &error));
  g_assert_no_error (error);
  g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (f.plugin), anna,
                                               BELFRY_TOPIC_ACTION_SUBSCRIBE, "guest.anna"),
                   ==, BELFRY_VERDICT_ABSTAIN);
  belfry_topic_policy_get_settings (BELFRY_TOPIC_POLICY (f.plugin), "guest.anna", settings);
  g_assert_false (belfry_topic_settings_get_history_size (settings, &messages));
}

/* A reload changes the password and the topics. */
static void
test_reload (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (BelfryConfig) next = config_new ("password=other\ntopics=visitor.\n");
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_start (&f, "password=word\n", NULL));
  g_assert_true (belfry_part_check (BELFRY_PART (f.loader), next, &error));
  g_autoptr (BelfryIdentity) anna = authenticate_well (&f, "anna:word");
  g_assert_nonnull (anna);
  belfry_part_apply (BELFRY_PART (f.loader), next);
  g_assert_null (authenticate (&f, "anna:word", &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_REFUSED);
  g_autoptr (BelfryIdentity) again = authenticate_well (&f, "anna:other");
  g_assert_cmpint (belfry_topic_policy_decide (BELFRY_TOPIC_POLICY (f.plugin), again,
                                               BELFRY_TOPIC_ACTION_SUBSCRIBE, "visitor.anna"),
                   ==, BELFRY_VERDICT_ALLOW);
}

typedef struct
{
  const char *settings;
  const char *message;
} BadSettings;

static const BadSettings bad_settings[] = {
  { "", "*template] password: expected a password" },
  { "password-file=/nonexistent\n", "*test.conf:5: *template] password-file: /nonexistent: *" },
  { "password=word\nguest=anna\n",
    "*test.conf:6: guest: there is no such key (did you mean “guests”?)" },
};

/* Settings that are not good keep the service from starting, and say where. */
static void
test_bad_settings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_settings); i++)
    {
      g_auto (Fixture) f = { NULL };
      g_autoptr (GError) error = NULL;

      g_assert_false (fixture_start (&f, bad_settings[i].settings, &error));
      if (!g_pattern_match_simple (bad_settings[i].message, error->message))
        g_error ("“%s” does not match “%s”", error->message, bad_settings[i].message);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/template/settings", test_settings);
  belfry_test_add ("/template/authenticate", test_authenticate);
  belfry_test_add ("/template/everybody", test_everybody);
  belfry_test_add ("/template/bad-tokens", test_bad_tokens);
  belfry_test_add ("/template/bad-name", test_bad_name);
  belfry_test_add ("/template/decide", test_decide);
  belfry_test_add ("/template/names-of-others", test_names_of_others);
  belfry_test_add ("/template/disabled", test_disabled);
  belfry_test_add ("/template/reload", test_reload);
  belfry_test_add ("/template/bad-settings", test_bad_settings);
  return g_test_run ();
}
