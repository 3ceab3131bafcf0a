-- What the law keeps no longer: the sweep finds and erases it.
create policy door_sweep on release_turns to door_sweep using (true);
--> statement-breakpoint
create policy door_sweep on lapse_sightings to door_sweep using (true);
--> statement-breakpoint
create policy door_sweep on my_number_readings to door_sweep using (true);
