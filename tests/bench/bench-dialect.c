/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

#include "belfry-bench.h"
#include "belfry-dialect.h"

/* What it takes to make a request of what a client says, beside reading the same with json-glib. */

typedef struct
{
  const char *what;             /* (unowned) */
  const BelfryDialect *dialect; /* (unowned) */
  const char *member;           /* (unowned): a string that the baseline looks up */
  const char *text;             /* (unowned) */
} Sample;

static const Sample samples[] = {
  { "subscribe", &belfry_dialect_action, "context",
    "{\"action\":\"subscribe\",\"session\":\"AAAAAAAAAAAAAAAA\",\"context\":\"chat-room\"}" },
  { "subscribe, id", &belfry_dialect_action, "context",
    "{\"action\":\"subscribe\",\"session\":\"AAAAAAAAAAAAAAAA\",\"context\":\"chat-room\","
    "\"id\":7}" },
  { "typed list", &belfry_dialect_typed, "type",
    "{\"type\":\"subscribe\",\"topics\":[\"user.42.notifications\",\"system.notifications\"]}" },
  { "publish", &belfry_dialect_typed, "topic",
    "{\"type\":\"publish\",\"topic\":\"chat-room\",\"data\":{\"from\":\"alice\",\"text\":\"Good "
    "morning, everybody\",\"seen\":[1,2,3]}}" },
};

static const BelfryDialectPeer peer = {
  .session = "AAAAAAAAAAAAAAAA",
  .max_message = 65536,
  .max_topics = 128,
};

static void
parse_json_glib (gconstpointer data)
{
  const Sample *sample = data;
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object;

  if (!json_parser_load_from_data (parser, sample->text, -1, NULL))
    abort ();
  object = json_node_get_object (json_parser_get_root (parser));
  g_autofree char *member = g_strdup (json_object_get_string_member (object, sample->member));
  if (member == NULL)
    abort ();
}

static void
parse_ours (gconstpointer data)
{
  const Sample *sample = data;
  g_autofree char *id = NULL;
  g_autoptr (BelfryRequest) request =
      sample->dialect->parse (&peer, TRUE, (const guint8 *) sample->text, strlen (sample->text),
                              &id, NULL);

  if (request == NULL)
    abort ();
}

int
main (int argc, char *argv[])
{
  belfry_bench_heading ("Understanding a request");
  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++)
    belfry_bench_compare (samples[i].what, strlen (samples[i].text),
                          &(BelfryBenchSide){ "json-glib", parse_json_glib, &samples[i] },
                          &(BelfryBenchSide){ "dialect", parse_ours, &samples[i] });
  return 0;
}
