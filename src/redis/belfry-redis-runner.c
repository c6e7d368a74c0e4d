/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-runner"

#include "config.h"

#include "belfry-redis-runner.h"

#include <string.h>

/* A run is a command with who waits for it. It belongs to the call that was made: its callback
 * comes in any case, also when the runner is gone, and frees it.
 *
 * As long as a script was never answered it is sent whole, so that those of the first turn keep
 * their order. Should Redis forget a script later, those that it did not take are sent again,
 * behind what was sent meanwhile. */

#define ARG_COMMAND 0
#define ARG_SCRIPT 1

struct _BelfryRedisRunner
{
  BelfryRedisCall call;     /* (unowned) */
  BelfryRedisFaulty faulty; /* (unowned) (nullable) */
  gpointer user_data;       /* (unowned) (nullable) */
  gint64 timeout;
  char *digests[BELFRY_REDIS_N_SCRIPTS]; /* (owned) */
  gboolean known[BELFRY_REDIS_N_SCRIPTS];
  GQueue runs; /* (element-type Run): of links in the runs */
};

typedef struct
{
  BelfryRedisRunner *runner;   /* (unowned) (nullable): until it is freed */
  GList link;                  /* in the runner's queue; its data is the run */
  GTask *task;                 /* (owned) (nullable): until it is answered */
  const BelfryRedisPlan *plan; /* (unowned) */
  char *key;                   /* (owned) */
  BelfryRedisArgs *args;       /* (owned) */
  BelfryRedisScript script;    /* or their number, for a plain command */
  gboolean whole;              /* the script was sent, not its digest */
  BelfryRedisCallback answer;  /* (unowned) */
} Run;

BelfryRedisArgs *
belfry_redis_args_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

void
belfry_redis_args_add (BelfryRedisArgs *self, GBytes *bytes)
{
  g_ptr_array_add (self, g_bytes_ref (bytes));
}

void
belfry_redis_args_take (BelfryRedisArgs *self, char *text)
{
  g_ptr_array_add (self, g_bytes_new_take (text, strlen (text)));
}

/* A NUL follows, which does not count: the name of a command is read as text, too. */
void
belfry_redis_args_text (BelfryRedisArgs *self, const char *text)
{
  belfry_redis_args_take (self, g_strdup (text));
}

void
belfry_redis_args_number (BelfryRedisArgs *self, gint64 number)
{
  belfry_redis_args_take (self, g_strdup_printf ("%" G_GINT64_FORMAT, number));
}

static void
run_free (Run *run)
{
  if (run->runner != NULL)
    g_queue_unlink (&run->runner->runs, &run->link);
  g_clear_object (&run->task);
  g_free (run->key);
  g_ptr_array_unref (run->args);
  g_free (run);
}

static void
run_fail (Run *run, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&run->task);

  run_free (run);
  g_task_return_error (task, error);
}

static void
run_succeed (Run *run, const BelfryRedisReply *reply)
{
  g_autoptr (GTask) task = g_steal_pointer (&run->task);
  const BelfryRedisPlan *plan = run->plan;
  GError *error = NULL;

  run_free (run);
  gpointer result = plan->convert (task, reply, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, result, plan->destroy);
}

static const char *
name_of (const Run *run)
{
  return run->script < BELFRY_REDIS_N_SCRIPTS ? belfry_redis_script_get_name (run->script)
                                              : "a command";
}

static void
set_arg (Run *run, guint index, const char *text)
{
  g_bytes_unref (g_ptr_array_index (run->args, index));
  g_ptr_array_index (run->args, index) = g_bytes_new_take (g_strdup (text), strlen (text));
}

/* The command has the bytes copied before the call returns. */
static gboolean
transmit (Run *run, GError **error)
{
  guint n = run->args->len;
  g_autofree const char **argv = g_new (const char *, n);
  g_autofree gsize *lengths = g_new (gsize, n);
  const BelfryRedisCommand command = { .argv = argv,
                                       .lengths = lengths,
                                       .argc = n,
                                       .timeout = run->runner->timeout,
                                       .callback = run->answer,
                                       .user_data = run };

  for (guint i = 0; i < n; i++)
    {
      argv[i] = g_bytes_get_data (g_ptr_array_index (run->args, i), &lengths[i]);
      if (argv[i] == NULL)
        argv[i] = "";
    }
  return run->runner->call (run->key, &command, error, run->runner->user_data);
}

static void
send (Run *run)
{
  GError *error = NULL;

  if (!transmit (run, &error))
    run_fail (run, error);
}

static void
send_whole (Run *run)
{
  set_arg (run, ARG_COMMAND, "EVAL");
  set_arg (run, ARG_SCRIPT, belfry_redis_script_get_text (run->script));
  run->whole = TRUE;
  send (run);
}

/* Returns: whether the script has to be sent once more */
static gboolean
note_script (Run *run, BelfryRedisFault fault)
{
  if (run->script >= BELFRY_REDIS_N_SCRIPTS)
    return FALSE;
  if (fault == BELFRY_REDIS_FAULT_NONE)
    run->runner->known[run->script] = TRUE;
  if (fault != BELFRY_REDIS_FAULT_NOSCRIPT)
    return FALSE;
  run->runner->known[run->script] = FALSE;
  return !run->whole;
}

static void
tell_fault (const Run *run, BelfryRedisFault fault)
{
  const BelfryRedisRunner *runner = run->runner;

  if (fault != BELFRY_REDIS_FAULT_NONE && runner != NULL && runner->faulty != NULL)
    runner->faulty (fault, runner->user_data);
}

static void
on_answer (const BelfryRedisReply *reply,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  Run *run = user_data;

  if (reply != NULL)
    tell_fault (run, fault);
  if (run->runner == NULL)
    run_free (run);
  else if (note_script (run, fault))
    send_whole (run);
  else if (fault != BELFRY_REDIS_FAULT_NONE)
    run_fail (run, belfry_redis_fault_new_error (fault, name_of (run)));
  else
    run_succeed (run, reply);
}

static Run *
run_new (BelfryRedisRunner *runner,
         BelfryRedisScript script,
         const char *key,
         GTask *task,
         const BelfryRedisPlan *plan)
{
  Run *run = g_new0 (Run, 1);

  run->runner = runner;
  run->link.data = run;
  run->task = task;
  run->plan = plan;
  run->key = g_strdup (key);
  run->script = script;
  run->answer = on_answer;
  g_queue_push_tail_link (&runner->runs, &run->link);
  return run;
}

static char *
dup_first (BelfryRedisArgs *keys)
{
  gsize length;
  const char *key = g_bytes_get_data (g_ptr_array_index (keys, 0), &length);

  return g_strndup (key, length);
}

BelfryRedisRunner *
belfry_redis_runner_new (BelfryRedisCall call,
                         BelfryRedisFaulty faulty,
                         gint64 timeout,
                         gpointer user_data)
{
  BelfryRedisRunner *self = g_new0 (BelfryRedisRunner, 1);

  self->call = call;
  self->faulty = faulty;
  self->timeout = timeout;
  self->user_data = user_data;
  for (guint i = 0; i < BELFRY_REDIS_N_SCRIPTS; i++)
    self->digests[i] = belfry_redis_script_dup_digest ((BelfryRedisScript) i);
  g_queue_init (&self->runs);
  return self;
}

void
belfry_redis_runner_free (BelfryRedisRunner *self)
{
  while (self->runs.head != NULL)
    {
      Run *run = self->runs.head->data;
      g_autoptr (GTask) task = g_steal_pointer (&run->task);

      g_queue_unlink (&self->runs, &run->link);
      run->runner = NULL;
      g_task_return_error (task,
                           belfry_redis_fault_new_error (BELFRY_REDIS_FAULT_CLOSED, name_of (run)));
    }
  for (guint i = 0; i < BELFRY_REDIS_N_SCRIPTS; i++)
    g_free (self->digests[i]);
  g_free (self);
}

void
belfry_redis_runner_run (BelfryRedisRunner *self,
                         BelfryRedisScript script,
                         BelfryRedisArgs *keys,
                         BelfryRedisArgs *args,
                         GTask *task,
                         const BelfryRedisPlan *plan)
{
  g_autofree char *key = dup_first (keys);
  Run *run = run_new (self, script, key, task, plan);

  run->args = belfry_redis_args_new ();
  belfry_redis_args_text (run->args, "EVALSHA");
  belfry_redis_args_text (run->args, self->digests[script]);
  belfry_redis_args_number (run->args, keys->len);
  g_ptr_array_extend_and_steal (run->args, keys);
  g_ptr_array_extend_and_steal (run->args, args);
  if (self->known[script])
    send (run);
  else
    send_whole (run);
}

void
belfry_redis_runner_send (BelfryRedisRunner *self,
                          const char *key,
                          BelfryRedisArgs *args,
                          GTask *task,
                          const BelfryRedisPlan *plan)
{
  Run *run = run_new (self, BELFRY_REDIS_N_SCRIPTS, key, task, plan);

  run->args = args;
  send (run);
}

void
belfry_redis_runner_forget_scripts (BelfryRedisRunner *self)
{
  for (guint i = 0; i < BELFRY_REDIS_N_SCRIPTS; i++)
    self->known[i] = FALSE;
}
