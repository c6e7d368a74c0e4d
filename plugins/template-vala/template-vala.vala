// SPDX-License-Identifier: LGPL-2.1-or-later
// SPDX-FileCopyrightText: 2026 The Belfry authors

// A policy in Vala, to be copied: everybody who is signed in may read what is announced. The descriptor, which must be
// a constant, is in the C file beside this one.
public class Announcements.Plugin : Belfry.Plugin, Belfry.TopicPolicy {
    private string topic = "";
    private string next = "";

    public override bool check (Belfry.PluginSettings settings) throws Error {
        next = settings.get_text ("topic", "announcements");
        if (next == "")
            throw settings.new_error ("topic", "expected a topic");
        return true;
    }

    public override void apply (Belfry.PluginSettings settings) {
        topic = next;
    }

    public override bool enable (Belfry.PluginHost host, Belfry.PluginSettings settings) throws Error {
        check (settings);
        apply (settings);
        return true;
    }

    public override void disable () {
        topic = "";
    }

    public Belfry.Verdict decide (Belfry.Identity? identity, Belfry.TopicAction action, string topic) {
        if (identity != null && action == SUBSCRIBE && topic == this.topic)
            return ALLOW;
        return ABSTAIN;
    }

    // Who comes late gets the latest announcement, unless the administrator's configuration says otherwise.
    public override void get_settings (string topic, Belfry.TopicSettings settings) {
        if (topic == this.topic)
            settings.set_history_size (1);
    }

    // Never called, because decide() never says that it has to ask.
    public async bool decide_async (Belfry.Identity? identity, Belfry.TopicAction action, string topic,
                                    Cancellable? cancellable, out Belfry.Verdict verdict) throws Error {
        verdict = ABSTAIN;
        return true;
    }
}
