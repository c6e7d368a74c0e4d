/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect-answer"

#include "config.h"

#include "belfry-dialect-answer.h"

/* Answers and news that differ from dialect to dialect in their words alone. Pure functions. */

void
belfry_dialect_answer (const BelfryDialectVoice *voice, const BelfryEvent *event, GPtrArray *texts)
{
  voice->sayings[event->kind].write (voice, event, texts);
}

void
belfry_dialect_answer_begin (const BelfryDialectVoice *voice,
                             const BelfryEvent *event,
                             GPtrArray *texts,
                             BelfryJsonWriter *writer)
{
  const BelfryDialectSaying *saying = &voice->sayings[event->kind];

  belfry_dialect_write_begin (writer, texts);
  belfry_dialect_write_string (writer, voice->kind, saying->word);
  belfry_dialect_write_string (writer, "message", saying->text);
}

void
belfry_dialect_answer_nothing (const BelfryDialectVoice *voice,
                               const BelfryEvent *event,
                               GPtrArray *texts)
{
}

void
belfry_dialect_answer_plain (const BelfryDialectVoice *voice,
                             const BelfryEvent *event,
                             GPtrArray *texts)
{
  BelfryJsonWriter writer;

  belfry_dialect_answer_begin (voice, event, texts, &writer);
  belfry_dialect_write_end (&writer, event);
}

void
belfry_dialect_answer_presence (const BelfryDialectVoice *voice,
                                const BelfryEvent *event,
                                GPtrArray *texts)
{
  BelfryJsonWriter writer;

  belfry_dialect_answer_begin (voice, event, texts, &writer);
  belfry_dialect_write_string (&writer, voice->topic, belfry_dialect_event_topic (event));
  belfry_dialect_write_presence (&writer, event->presence);
  belfry_dialect_write_end (&writer, event);
}

void
belfry_dialect_answer_history (const BelfryDialectVoice *voice,
                               const BelfryEvent *event,
                               GPtrArray *texts)
{
  const BelfryHistoryPage *page = event->history;
  BelfryJsonWriter writer;

  belfry_dialect_answer_begin (voice, event, texts, &writer);
  belfry_dialect_write_string (&writer, voice->topic, belfry_dialect_event_topic (event));
  belfry_json_writer_name (&writer, "messages");
  belfry_json_writer_begin_array (&writer);
  for (guint i = 0; i < page->messages->len; i++)
    voice->message (&writer, g_ptr_array_index (page->messages, i));
  belfry_json_writer_end_array (&writer);
  belfry_dialect_write_position (&writer, &page->position);
  belfry_json_writer_name (&writer, "complete");
  belfry_json_writer_boolean (&writer, page->complete);
  belfry_dialect_write_end (&writer, event);
}

void
belfry_dialect_answer_error (const BelfryDialectVoice *voice,
                             const BelfryEvent *event,
                             GPtrArray *texts)
{
  BelfryJsonWriter writer;

  belfry_dialect_answer_begin (voice, event, texts, &writer);
  belfry_dialect_write_error (&writer, event->error);
  belfry_dialect_write_string (&writer, voice->topic, event->topic);
  belfry_dialect_write_end (&writer, event);
}

/* It comes between messages, and names its topic as they do, in every dialect. */
void
belfry_dialect_answer_gap (const BelfryDialectVoice *voice,
                           const BelfryEvent *event,
                           GPtrArray *texts)
{
  BelfryJsonWriter writer;

  belfry_dialect_answer_begin (voice, event, texts, &writer);
  belfry_dialect_write_string (&writer, "topic", event->topic);
  belfry_dialect_write_string (&writer, "reason", event->reason);
  belfry_dialect_write_end (&writer, event);
}
