/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-house"

#include "config.h"

#include "belfry-house.h"

#include <string.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-fake-clock.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

#define ALONE "[auth]\nrequired=no\nauthorizers=\npolicies=\n"
#define GUARDED "[auth]\nauthorizers=nobody\npolicies=\n"
#define NOWHERE ALONE "[broker]\nurl=redis+unix:///nowhere\n"
#define ELSEWHERE ALONE "[broker]\nurl=redis+unix:///elsewhere\n"
#define NONSENSE ALONE "[broker]\nurl=redis://secret@a\n"

/* A house without plugins: none are looked for. */
typedef struct
{
  BelfryFakeClock *clock; /* (owned) */
  BelfryLoaderHost *host; /* (owned) */
  BelfryLoader *loader;   /* (owned) */
  BelfryHouse *house;     /* (owned) */
} Fixture;

static void
fixture_init (Fixture *self, const char *config_text)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (config_text);
  char folder[] = "/nowhere";
  const BelfryPluginPlace place = { folder, FALSE, geteuid () };

  self->clock = belfry_fake_clock_new ();
  self->host = belfry_loader_host_new (BELFRY_CLOCK (self->clock));
  self->loader = belfry_loader_new (self->host, &place, NULL);
  self->house = belfry_house_new (BELFRY_CLOCK (self->clock), config, self->host, self->loader);
}

/* Nothing that the house made may outlive it. */
static void
fixture_clear (Fixture *self)
{
  belfry_test_assert_finalizes (self->house);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  belfry_test_assert_finalizes (self->loader);
  belfry_test_assert_finalizes (self->host);
  belfry_test_assert_finalizes (self->clock);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
start (Fixture *self, const char *config_text, GError **error)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (config_text);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_part_start_async (BELFRY_PART (self->house), config, NULL, keep_result, &result);
  belfry_test_wait_until (result != NULL);
  return belfry_part_start_finish (BELFRY_PART (self->house), result, error);
}

static void
expect_open_door (void)
{
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-house", "authentication is off: *");
}

static void
start_well (Fixture *self, const char *config_text)
{
  g_autoptr (GError) error = NULL;

  expect_open_door ();
  start (self, config_text, &error);
  g_assert_no_error (error);
}

static void
stop (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  belfry_part_stop_async (BELFRY_PART (self->house), keep_result, &result);
  belfry_test_wait_until (result != NULL);
  belfry_part_stop_finish (BELFRY_PART (self->house), result, &error);
  g_assert_no_error (error);
}

static gboolean
check (Fixture *self, const char *config_text, GError **error)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (config_text);

  return belfry_part_check (BELFRY_PART (self->house), config, error);
}

static void
apply (Fixture *self, const char *config_text)
{
  g_autoptr (BelfryConfig) config = belfry_test_config_new (config_text);

  belfry_part_apply (BELFRY_PART (self->house), config);
}

static void
assert_described (Fixture *self, const char *part)
{
  g_autoptr (GString) status = g_string_new (NULL);

  belfry_part_describe (BELFRY_PART (self->house), status);
  belfry_test_assert_contains (status->str, part);
}

static void
on_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(int *) user_data = belfry_hub_publish_finish (BELFRY_HUB (source), result, NULL, &error);
}

/* Whether what is published is taken. */
static gboolean
can_publish (Fixture *self)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("1", 1);
  const BelfryHubPublication publication = { .topic = "news", .payload = payload };
  int published = -1;

  belfry_hub_publish_async (belfry_house_get_hub (self->house), NULL, &publication, NULL,
                            on_published, &published);
  belfry_test_wait_until (published >= 0);
  return published;
}

/* Without a broker elsewhere the house is whole in itself. */
static void
test_alone (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f, ALONE);
  g_assert_cmpstr (belfry_part_get_name (BELFRY_PART (f.house)), ==, "core");
  g_assert_nonnull (belfry_house_get_metrics (f.house));
  start_well (&f, ALONE);
  assert_described (&f, ", 0 sessions, 0 topics, broker: memory");
  g_assert_true (can_publish (&f));
  stop (&f);
}

static const struct
{
  const char *what;
  const char *config;
  const char *message;
} missing[] = {
  { "an authorizer that is not there", GUARDED, "[auth] the plugin \"nobody\" is no authorizer" },
  { "a policy that is not there", "[auth]\nrequired=no\nauthorizers=\npolicies=nobody\n",
    "[auth] the plugin \"nobody\" is no policy" },
  { "a broker that cannot be made", NONSENSE, "[broker] url" },
};

/* What the configuration wants and is not there keeps the house from starting, and is named. */
static void
test_missing (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (missing); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (Fixture) f = { NULL };

      g_test_message ("%s", missing[i].what);
      fixture_init (&f, missing[i].config);
      g_assert_false (start (&f, missing[i].config, &error));
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
      belfry_test_assert_contains (error->message, missing[i].message);
      g_assert_null (strstr (error->message, "secret"));
    }
}

/* A configuration whose broker cannot be made is refused when it is looked at, and nothing has
 * changed by that. */
static void
test_bad_url_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (Fixture) f = { NULL };

  fixture_init (&f, ALONE);
  start_well (&f, ALONE);
  g_assert_false (check (&f, NONSENSE, &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG);
  g_assert_null (strstr (error->message, "secret"));
  assert_described (&f, "broker: memory");
  g_assert_true (can_publish (&f));
  stop (&f);
}

/* Should it be put in force all the same, the broker stays as it was, and works. */
static void
test_bad_url_is_not_applied (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f, ALONE);
  start_well (&f, ALONE);
  belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-house", "the broker stays as it was: *");
  apply (&f, NONSENSE);
  assert_described (&f, "broker: memory");
  g_assert_true (can_publish (&f));
  apply (&f, ALONE);
  assert_described (&f, "broker: memory");
  stop (&f);
}

/* A changed place is another broker, there and back; the one before is retired, and the one before
 * that is closed. */
static void
test_broker_exchange (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f, ALONE);
  start_well (&f, ALONE);
  g_assert_true (check (&f, NOWHERE, NULL));
  apply (&f, NOWHERE);
  assert_described (&f, "broker: redis (");
  apply (&f, ELSEWHERE);
  assert_described (&f, "broker: redis (");
  apply (&f, ALONE);
  assert_described (&f, "broker: memory");
  g_assert_true (can_publish (&f));
  stop (&f);
}

/* What a broker can change by itself makes no other one: what it has kept is still there. */
static void
test_broker_stays (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f, ALONE "[topic news]\nhistory-size=5\n");
  start_well (&f, ALONE "[topic news]\nhistory-size=5\n");
  g_assert_true (can_publish (&f));
  apply (&f, ALONE "[broker]\nmemory=1MiB\n[topic news]\nhistory-size=5\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  belfry_hub_history_async (belfry_house_get_hub (f.house), NULL, "news", NULL, 10, NULL,
                            keep_result, &result);
  belfry_test_wait_until (result != NULL);
  g_autoptr (BelfryHistoryPage) history =
      belfry_hub_history_finish (belfry_house_get_hub (f.house), result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (history->messages->len, ==, 1);
  stop (&f);
}

/* A broker that is away is the hub's trouble, which is what `/readyz` says; there is none any more
 * once it is exchanged for one that is there. */
static void
test_trouble (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f, ALONE);
  start_well (&f, ALONE);
  g_assert_null (belfry_hub_get_trouble (belfry_house_get_hub (f.house)));
  apply (&f, NOWHERE);
  g_assert_cmpstr (belfry_hub_get_trouble (belfry_house_get_hub (f.house)), ==,
                   "not connected yet");
  assert_described (&f, "broker: redis (not connected yet)");
  apply (&f, ALONE);
  g_assert_null (belfry_hub_get_trouble (belfry_house_get_hub (f.house)));
  stop (&f);
}

/* A service that lets everybody in says so, at the start and when that comes with a reload; and
 * not again with the next one. */
static void
test_open_door (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f, ALONE);
  start_well (&f, ALONE);
  belfry_test_assert_logged ();
  apply (&f, ALONE);
  apply (&f, GUARDED);
  expect_open_door ();
  apply (&f, ALONE);
  belfry_test_assert_logged ();
  apply (&f, ALONE);
  stop (&f);
}

static void
on_host_published (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  belfry_plugin_host_publish_finish (BELFRY_PLUGIN_HOST (source), result, &error);
  *(int *) user_data = error == NULL;
}

static gboolean
can_plugin_publish (Fixture *self)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("1", 1);
  int published = -1;

  belfry_plugin_host_publish_async (BELFRY_PLUGIN_HOST (self->host), "news", payload, NULL,
                                    on_host_published, &published);
  belfry_test_wait_until (published >= 0);
  return published;
}

/* Plugins can publish while the house is open, and not before or after. */
static void
test_plugins_publish (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f, ALONE);
  g_assert_false (can_plugin_publish (&f));
  start_well (&f, ALONE);
  g_assert_true (can_plugin_publish (&f));
  stop (&f);
  g_assert_false (can_plugin_publish (&f));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/house/alone", test_alone);
  belfry_test_add ("/house/missing", test_missing);
  belfry_test_add ("/house/bad-url-is-refused", test_bad_url_is_refused);
  belfry_test_add ("/house/bad-url-is-not-applied", test_bad_url_is_not_applied);
  belfry_test_add ("/house/broker-exchange", test_broker_exchange);
  belfry_test_add ("/house/broker-stays", test_broker_stays);
  belfry_test_add ("/house/trouble", test_trouble);
  belfry_test_add ("/house/open-door", test_open_door);
  belfry_test_add ("/house/plugins-publish", test_plugins_publish);
  return g_test_run ();
}
