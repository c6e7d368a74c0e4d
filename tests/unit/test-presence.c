/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-presence.h"

#include "belfry-test.h"

/* Returns who is there, as "user:sessions:info" with blanks between. */
static char *
show (BelfryPresence *presence, const char *topic)
{
  g_autoptr (GPtrArray) list = belfry_presence_list (presence, topic);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    {
      const BelfryPresenceEntry *entry = g_ptr_array_index (list, i);

      g_string_append_printf (text, "%s%s:%u:%s", i > 0 ? " " : "", entry->user, entry->sessions,
                              entry->info != NULL ? entry->info : "-");
    }
  return g_string_free (text, FALSE);
}

static void
assert_shown (BelfryPresence *presence, const char *topic, const char *expected)
{
  g_autofree char *text = show (presence, topic);

  g_assert_cmpstr (text, ==, expected);
}

/* A user is there once, with as many sessions as have come, and comes only with the first. */
static void
test_add (void)
{
  g_autoptr (BelfryPresence) presence = belfry_presence_new ();

  assert_shown (presence, "t", "");
  g_assert_true (belfry_presence_add (presence, "t", "bob", NULL));
  g_assert_true (belfry_presence_add (presence, "t", "ann", "{\"n\":1}"));
  g_assert_false (belfry_presence_add (presence, "t", "bob", NULL));
  g_assert_true (belfry_presence_add (presence, "u", "bob", NULL));
  assert_shown (presence, "t", "ann:1:{\"n\":1} bob:2:-");
  assert_shown (presence, "u", "bob:1:-");
}

/* What the newest session tells is told, even that there is nothing to tell. */
static void
test_info (void)
{
  g_autoptr (BelfryPresence) presence = belfry_presence_new ();

  belfry_presence_add (presence, "t", "ann", "{\"n\":1}");
  belfry_presence_add (presence, "t", "ann", "{\"n\":2}");
  assert_shown (presence, "t", "ann:2:{\"n\":2}");
  belfry_presence_add (presence, "t", "ann", NULL);
  assert_shown (presence, "t", "ann:3:-");
}

/* Only the last session takes the user along, and the last user the topic. */
static void
test_remove (void)
{
  g_autoptr (BelfryPresence) presence = belfry_presence_new ();

  belfry_presence_add (presence, "t", "ann", "{}");
  belfry_presence_add (presence, "t", "ann", "{}");
  belfry_presence_add (presence, "t", "bob", NULL);
  g_assert_null (belfry_presence_remove (presence, "t", "ann"));
  assert_shown (presence, "t", "ann:1:{} bob:1:-");
  g_autoptr (BelfryPresenceEntry) gone = belfry_presence_remove (presence, "t", "ann");
  g_assert_cmpstr (gone->user, ==, "ann");
  g_assert_cmpstr (gone->info, ==, "{}");
  assert_shown (presence, "t", "bob:1:-");
  g_assert_cmpuint (belfry_presence_get_n_topics (presence), ==, 1);
  belfry_presence_entry_free (belfry_presence_remove (presence, "t", "bob"));
  g_assert_cmpuint (belfry_presence_get_n_topics (presence), ==, 0);
}

/* Who is not there cannot leave. */
static void
test_remove_unknown (void)
{
  g_autoptr (BelfryPresence) presence = belfry_presence_new ();

  g_assert_null (belfry_presence_remove (presence, "t", "ann"));
  belfry_presence_add (presence, "t", "bob", NULL);
  g_assert_null (belfry_presence_remove (presence, "t", "ann"));
  g_assert_null (belfry_presence_remove (presence, "u", "bob"));
  assert_shown (presence, "t", "bob:1:-");
}

static const struct
{
  const char *what;
  const char *user;
  const char *info;
  const char *payload;
} payloads[] = {
  { "no info", "ann", NULL, "{\"user\":\"ann\"}" },
  { "info as it is", "ann", "{ \"n\" : 1 }", "{\"user\":\"ann\",\"info\":{ \"n\" : 1 }}" },
  { "info that is no object", "ann", "[1]", "{\"user\":\"ann\"}" },
  { "info that breaks out", "ann", "{}},{", "{\"user\":\"ann\"}" },
  { "info that is empty", "ann", "", "{\"user\":\"ann\"}" },
  { "a user that breaks out", "a\"},{\"b", NULL, "{\"user\":\"a\\\"},{\\\"b\"}" },
  { "a user that is no UTF-8", "a\xff", NULL, "{\"user\":\"a\xef\xbf\xbd\"}" },
};

/* Whatever is told of a user, the payload is one JSON object. */
static void
test_payload (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_autoptr (GBytes) payload = belfry_presence_payload (payloads[i].user, payloads[i].info);
      gsize length;
      const char *data = g_bytes_get_data (payload, &length);
      g_autofree char *text = g_strndup (data, length);

      g_test_message ("%s", payloads[i].what);
      g_assert_cmpstr (text, ==, payloads[i].payload);
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/presence/add", test_add);
  belfry_test_add ("/presence/info", test_info);
  belfry_test_add ("/presence/remove", test_remove);
  belfry_test_add ("/presence/remove-unknown", test_remove_unknown);
  belfry_test_add ("/presence/payload", test_payload);
  return g_test_run ();
}
